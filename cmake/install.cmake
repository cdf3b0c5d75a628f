# CMake package (find_package(lathe CONFIG)) and pkg-config file.
include(GNUInstallDirs)
include(CMakePackageConfigHelpers)
install(TARGETS lathe lathe_shared_runtime EXPORT lathe-targets LIBRARY DESTINATION ${CMAKE_INSTALL_LIBDIR})
# The terms go with every copy: NOTICE has those of the built-in model.
install(FILES ${PROJECT_SOURCE_DIR}/LICENSE ${PROJECT_SOURCE_DIR}/NOTICE DESTINATION ${CMAKE_INSTALL_DOCDIR})
install(DIRECTORY ${PROJECT_SOURCE_DIR}/include/lathe DESTINATION include)
install(EXPORT lathe-targets FILE lathe-config.cmake NAMESPACE lathe:: DESTINATION ${CMAKE_INSTALL_LIBDIR}/cmake/lathe)
write_basic_package_version_file(${PROJECT_BINARY_DIR}/lathe-config-version.cmake COMPATIBILITY SameMinorVersion)
install(FILES ${PROJECT_BINARY_DIR}/lathe-config-version.cmake DESTINATION ${CMAKE_INSTALL_LIBDIR}/cmake/lathe)
# Relative to the .pc file, so that an installed tree can be moved.
file(RELATIVE_PATH LATHE_PC_PREFIX /prefix/${CMAKE_INSTALL_LIBDIR}/pkgconfig /prefix)
configure_file(${PROJECT_SOURCE_DIR}/cmake/lathe.pc.in lathe.pc @ONLY)
install(FILES ${PROJECT_BINARY_DIR}/lathe.pc DESTINATION ${CMAKE_INSTALL_LIBDIR}/pkgconfig)
